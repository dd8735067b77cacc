/**
 * A new version waits until the person agrees. One window says yes; the worker takes over; every window then
 * reloads, except one in which somebody is typing: that one says so and waits.
 */
import { hour } from '#domain/time.ts';
import { isTyping } from '#lib/ui/shortcuts.ts';

/** How often an open window asks whether there is a newer version; it also asks when it is looked at again. */
const checkEveryMs = hour;

export class AppVersion {
  #waiting = $state.raw<ServiceWorker | null>(null);
  #appliedElsewhere = $state(false);
  #agreedHere = false;

  get ready(): boolean {
    return this.#waiting !== null;
  }

  /** Another window updated while this one was being typed in. */
  get appliedElsewhere(): boolean {
    return this.#appliedElsewhere;
  }

  /** Registers the worker and listens; returns how to stop. */
  start(): () => void {
    const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
    if (!workers) return () => undefined;
    // The very first worker also takes control; that is no new version.
    let hadOne = workers.controller !== null;
    const changed = () => {
      if (!hadOne) hadOne = true;
      else if (this.#agreedHere || !isTyping(document.activeElement)) location.reload();
      else this.#appliedElsewhere = true;
    };
    workers.addEventListener('controllerchange', changed);

    let registration: ServiceWorkerRegistration | undefined;
    const check = () => {
      // Offline it fails, and the next look asks again.
      if (document.visibilityState === 'visible') registration?.update().catch(() => undefined);
    };
    const timer = window.setInterval(check, checkEveryMs);
    document.addEventListener('visibilitychange', check);
    workers.register('/service-worker.js').then(
      (found: ServiceWorkerRegistration | undefined) => {
        registration = found;
        // None where a browser lets no worker be kept.
        if (found) this.#watch(found);
      },
      // eslint-disable-next-line no-console -- the device has no other log
      (error: unknown) => console.error('the app cannot be kept for offline use', error),
    );
    return () => {
      window.clearInterval(timer);
      document.removeEventListener('visibilitychange', check);
      workers.removeEventListener('controllerchange', changed);
    };
  }

  /** The person agreed. */
  apply(): void {
    this.#agreedHere = true;
    if (this.#waiting) this.#waiting.postMessage({ kind: 'apply' });
    else location.reload();
  }

  #watch(registration: ServiceWorkerRegistration): void {
    const noteWaiting = () => {
      if (registration.waiting && registration.active) this.#waiting = registration.waiting;
    };
    noteWaiting();
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', noteWaiting);
    });
  }
}
