/** Updates that no editor writes, each of which once did harm somewhere. */
import * as encoding from 'lib0/encoding';

/** One item of one client at the start of a text. */
function item(client: number, kind: number, write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder();
  for (const number of [1, 1, client, 0]) encoding.writeVarUint(encoder, number);
  encoding.writeUint8(encoder, kind);
  encoding.writeVarUint(encoder, 1);
  encoding.writeVarString(encoder, 'text');
  write(encoder);
  encoding.writeVarUint(encoder, 0);
  return encoding.toUint8Array(encoder);
}

/** Lists inside each other: who has taken it in can no longer write it out. */
export function nestedJson(client: number, kind: 'json' | 'embed' | 'format', levels: number): Uint8Array {
  return item(client, { json: 2, embed: 5, format: 6 }[kind], (encoder) => {
    if (kind === 'json') encoding.writeVarUint(encoder, 1);
    if (kind === 'format') encoding.writeVarString(encoder, 'mark');
    encoding.writeVarString(encoder, '['.repeat(levels) + ']'.repeat(levels));
  });
}

export function nestedAny(client: number, levels: number): Uint8Array {
  return item(client, 8, (encoder) => {
    encoding.writeVarUint(encoder, 1);
    for (let level = 0; level < levels; level += 1) {
      encoding.writeUint8(encoder, 117);
      encoding.writeVarUint(encoder, 1);
    }
    encoding.writeUint8(encoder, 126);
  });
}

/** Next to nothing, of so many clients: each is somebody to be remembered. */
export function ofManyClients(count: number): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, count);
  // One collected struct at clock 0, of length 1.
  for (let client = 1; client <= count; client += 1)
    for (const number of [1, client * 1_000, 0, 0, 1]) encoding.writeVarUint(encoder, number);
  encoding.writeVarUint(encoder, 0);
  return encoding.toUint8Array(encoder);
}

/** A document inside, whose options give it another name: it reads differently once it was written out. */
export function unprovable(client: number): Uint8Array {
  return item(client, 9, (encoder) => {
    encoding.writeVarString(encoder, 'name');
    encoding.writeAny(encoder, { guid: 5 });
  });
}

/**
 * Each of so many letters goes before another letter of the same text, so that Yjs looks through all of the ones
 * before it: 20,000 take 27 s and 143 KB.
 */
export function slowToTakeIn(client: number, letters: number): Uint8Array {
  const encoder = encoding.createEncoder();
  const numbers = (...values: number[]) => values.forEach((value) => encoding.writeVarUint(encoder, value));
  const anchors = client + 1;
  numbers(2, letters, client, 0);
  for (let index = 0; index < letters; index += 1) {
    encoding.writeUint8(encoder, 0x44);
    numbers(anchors, letters - 1 - index, 1, 97);
  }
  numbers(1, anchors, 0);
  encoding.writeUint8(encoder, 4);
  numbers(1);
  encoding.writeVarString(encoder, 'text');
  encoding.writeVarString(encoder, 'b'.repeat(letters));
  numbers(0);
  return encoding.toUint8Array(encoder);
}

/** Types nested so deeply that deleting the outermost exhausts the stack, in whatever document. */
export const nestedLevels = 12_000;

export function nestedTypes(client: number): { nested: Uint8Array; deletion: Uint8Array } {
  const encoder = encoding.createEncoder();
  const numbers = (...values: number[]) => values.forEach((value) => encoding.writeVarUint(encoder, value));
  numbers(1, nestedLevels, client, 0);
  for (let level = 0; level < nestedLevels; level += 1) {
    encoding.writeUint8(encoder, 7);
    if (level === 0) {
      numbers(1);
      encoding.writeVarString(encoder, 'nest');
    } else numbers(0, client, level - 1);
    numbers(4);
  }
  numbers(0);
  return { nested: encoding.toUint8Array(encoder), deletion: new Uint8Array([0, 1, client, 1, 0, 1]) };
}
