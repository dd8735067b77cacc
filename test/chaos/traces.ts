/** Editing traces (github.com/josephg/editing-traces, CC BY 4.0) as updates of Yjs clients. Never shipped. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as Y from 'yjs';

type Patch = [position: number, deleted: number, inserted: string];

interface Trace {
  endContent: string;
  /** How many people wrote; absent for one. */
  numAgents?: number;
  txns: { patches: Patch[]; agent?: number; parents?: number[] }[];
}

export interface Step {
  agent: number;
  update: Uint8Array;
}

export interface Story {
  agents: number;
  steps: Step[];
  end: string;
}

/**
 * What its people sent, in order. Each of them writes into a document that holds what the trace says they had
 * seen. Positions are code points; these traces have none beyond the first plane, which is checked.
 */
export function storyOf(name: string, folder: string): Story {
  const file = join(folder, 'traces', `${name}.json.gz`);
  const trace = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Trace;
  const agents = trace.numAgents ?? 1;
  const docs = Array.from({ length: agents }, (_, agent) => {
    const doc = new Y.Doc();
    // Some words were written at one place at the same time: the lower id comes first, as it did in the trace.
    doc.clientID = agent + 1;
    return doc;
  });
  const made: Uint8Array[][] = docs.map(() => []);
  docs.forEach((doc, agent) =>
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== 'others') made[agent]?.push(update);
    }),
  );
  /** How many steps of each agent a transaction and its author had seen. */
  const seenAt: number[][] = [];
  const seenBy = docs.map(() => new Array<number>(agents).fill(0));
  const steps: Step[] = [];
  for (const [
    index,
    { patches, agent = 0, parents = index === 0 ? [] : [index - 1] },
  ] of trace.txns.entries()) {
    const doc = docs[agent] as Y.Doc;
    const seen = seenBy[agent] as number[];
    for (let other = 0; other < agents; other += 1) {
      if (other === agent) continue;
      const upTo = Math.max(0, ...parents.map((parent) => seenAt[parent]?.[other] ?? 0));
      for (let step = seen[other] as number; step < upTo; step += 1)
        Y.applyUpdate(doc, made[other]?.[step] as Uint8Array, 'others');
      seen[other] = Math.max(seen[other] as number, upTo);
    }
    const text = doc.getText('text');
    const before = made[agent]?.length ?? 0;
    doc.transact(() => {
      for (const [position, deleted, inserted] of patches) {
        if (/[\ud800-\udfff]/.test(inserted)) throw new Error(`${name} needs code points`);
        if (deleted > 0) text.delete(position, deleted);
        if (inserted !== '') text.insert(position, inserted);
      }
    });
    for (const update of made[agent]?.slice(before) ?? []) steps.push({ agent, update });
    seen[agent] = made[agent]?.length ?? 0;
    seenAt.push([...seen]);
  }
  return { agents, steps, end: trace.endContent };
}
