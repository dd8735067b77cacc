import { expect, it } from 'vitest';
import { commandNamed, commands } from '#domain/commands.ts';
import { commandWords, isNamed } from './command-words.ts';

const queued = Object.keys(commands).filter((name) => commandNamed(name)?.guess);

it.each(queued)('%s has words on the list of waiting things', (name) => {
  expect(isNamed(name)).toBe(true);
  expect(commandWords(name).length).toBeGreaterThan(3);
});

it('a command of a newer version is called a change', () => {
  expect(commandWords('somethings.invented')).toBe(commandWords('elsewhere.unknown'));
});
