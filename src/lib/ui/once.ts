/**
 * A press that begins `work` and is spent until that has ended: a second press meanwhile (a double click or
 * tap, Enter held down) is dropped, so one wish never becomes two commands. Let `work` include what takes
 * the button away, or the second press arrives in between.
 */
export function once<Args extends unknown[], Result>(
  work: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result | undefined> {
  let running = false;
  return async (...args) => {
    if (running) return undefined;
    running = true;
    try {
      return await work(...args);
    } finally {
      running = false;
    }
  };
}

/** The same for a form. What is dropped is still kept from the browser, which would load the page anew. */
export function submitOnce(work: () => Promise<unknown>): (event: SubmitEvent) => void {
  const run = once(work);
  return (event) => {
    event.preventDefault();
    void run();
  };
}
