/** Updates that pass every gate and that no document takes in. */
import * as encoding from 'lib0/encoding';

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
