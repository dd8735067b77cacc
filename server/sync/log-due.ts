/** When a room is worth compacting (rule L15). */
import { busyRoomFactor, quietRoomMs, tailBytesFloor, tailBytesLimit, tailRowsLimit } from './log.ts';

export interface RoomInTail {
  room: string;
  tailRows: number;
  tailBytes: number;
  snapshotBytes: number;
  touchedAt: number;
  /** 1 while packed rows still lie unpacked too. */
  unswept: number;
}

export function dueRooms(rooms: readonly RoomInTail[], nowMs: number): string[] {
  return rooms.filter((room) => room.unswept === 1 || isDue(room, nowMs)).map(({ room }) => room);
}

function isDue({ tailRows, tailBytes, snapshotBytes, touchedAt }: RoomInTail, nowMs: number): boolean {
  if (tailRows > tailRowsLimit * busyRoomFactor || tailBytes > tailBytesLimit * busyRoomFactor) return true;
  const isLong =
    tailRows > tailRowsLimit ||
    tailBytes > tailBytesLimit ||
    tailBytes > Math.max(snapshotBytes, tailBytesFloor);
  return isLong && nowMs - touchedAt >= quietRoomMs;
}
