/** A log that tells which rooms have grown, once the growth is on disk: whoever reads texts follows this. */
import type { Log } from './log.ts';

export const watchLog = (log: Log, grown: (room: string) => void): Log => ({
  append: async (entries) => {
    const numbers = await log.append(entries);
    for (const room of new Set(entries.map((entry) => entry.room))) grown(room);
    return numbers;
  },
  seed: (entry) => log.seed(entry),
  bind: (binding) => log.bind(binding),
  read: (room, afterSeq) => log.read(room, afterSeq),
  head: (room) => log.head(room),
  knowledge: (room) => log.knowledge(room),
  size: (room) => log.size(room),
  state: (room, clientStateVector) => log.state(room, clientStateVector),
  upkeep: log.upkeep,
  close: () => log.close(),
});
