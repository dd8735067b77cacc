/**
 * Writes down what the server has promised: every update that it acknowledged to the socket that sent it, and
 * every update that it relayed. It sits on the wire of stock clients, reads frames by itself and updates with
 * Yjs, and uses nothing of the server's. What was promised must be in the log, however the server died.
 */
import * as decoding from 'lib0/decoding';
import * as Y from 'yjs';
import { messageTypes, syncTypes } from '#domain/sync/wire.ts';
import type { Tap } from '../fuzz/sync-harness.ts';

interface Promised {
  clocks: Map<number, number>;
  /** `client:clock:length` */
  deletions: Set<string>;
}

export class Observer implements Tap {
  readonly #promised: Promised = { clocks: new Map(), deletions: new Set() };
  /** Updates of each socket that it sent and that were not acknowledged yet. */
  readonly #sent = new Map<object, { from: number; updates: Uint8Array[] }>();
  acknowledged = 0;
  relayed = 0;

  opened(socket: object): void {
    this.#sent.set(socket, { from: 0, updates: [] });
  }

  sent(socket: object, frame: Uint8Array): void {
    const update = updateIn(frame);
    if (update !== null) this.#sent.get(socket)?.updates.push(new Uint8Array(update));
  }

  received(socket: object, frame: Uint8Array): void {
    if (frame[0] === messageTypes.bundle) {
      const decoder = decoding.createDecoder(frame.subarray(1));
      while (decoding.hasContent(decoder)) this.received(socket, decoding.readVarUint8Array(decoder));
      return;
    }
    if (frame[0] === messageTypes.acknowledgement) {
      const decoder = decoding.createDecoder(frame);
      decoding.readVarUint(decoder);
      const sent = this.#sent.get(socket);
      if (sent === undefined) return;
      const count = decoding.readVarUint(decoder) - sent.from;
      for (const update of sent.updates.splice(0, count)) this.#write(update);
      sent.from += count;
      this.acknowledged += count;
      return;
    }
    const update = updateIn(frame);
    if (update === null) return;
    this.#write(update);
    this.relayed += 1;
  }

  #write(bytes: Uint8Array): void {
    const { structs, ds } = Y.decodeUpdate(bytes);
    const { clocks, deletions } = this.#promised;
    for (const { id, length } of structs)
      clocks.set(id.client, Math.max(clocks.get(id.client) ?? 0, id.clock + length));
    for (const [client, ranges] of ds.clients)
      for (const { clock, len } of ranges) deletions.add(`${client}:${clock}:${len}`);
  }

  /** What was promised and is not in this document, in words; empty when nothing is. */
  missingIn(doc: Y.Doc): string[] {
    const missing: string[] = [];
    const clocks = Y.decodeStateVector(Y.encodeStateVector(doc));
    for (const [client, clock] of this.#promised.clocks)
      if ((clocks.get(client) ?? 0) < clock)
        missing.push(`client ${client} from ${clocks.get(client) ?? 0} to ${clock}`);
    const deleted = Y.createDeleteSetFromStructStore(doc.store).clients;
    for (const deletion of this.#promised.deletions) {
      const [client, clock, length] = deletion.split(':').map(Number) as [number, number, number];
      const isThere = (deleted.get(client) ?? []).some(
        (range) => range.clock <= clock && range.clock + range.len >= clock + length,
      );
      if (!isThere) missing.push(`deletion ${deletion}`);
    }
    return missing;
  }
}

/** The update in an answer to a state vector or an update message; null for other frames. */
function updateIn(frame: Uint8Array): Uint8Array | null {
  if (frame[0] !== messageTypes.sync || frame[1] === syncTypes.step1) return null;
  const decoder = decoding.createDecoder(frame);
  decoding.readVarUint(decoder);
  decoding.readVarUint(decoder);
  return decoding.readVarUint8Array(decoder);
}
