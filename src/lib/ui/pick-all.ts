/** One act on many ticked things, each a command of its own. */

export interface Outcome<Item> {
  done: Item[];
  /** Those refused at once, and why the first of them was. */
  refused: { item: Item; error: unknown }[];
}

/** In order, none missed because another was refused. */
export async function doEach<Item>(
  items: readonly Item[],
  act: (item: Item) => Promise<unknown>,
): Promise<Outcome<Item>> {
  const outcome: Outcome<Item> = { done: [], refused: [] };
  for (const item of items) {
    try {
      await act(item);
      outcome.done.push(item);
    } catch (error) {
      outcome.refused.push({ item, error });
    }
  }
  return outcome;
}
