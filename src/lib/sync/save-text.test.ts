import { expect, it } from 'vitest';
import { fileNameOf } from './save-text.ts';

it.each([
  ['Devoluções: até 7 dias', 'Devoluções até 7 dias.txt'],
  ['../../etc/passwd', 'etc passwd.txt'],
  ['...', 'text.txt'],
  ['', 'text.txt'],
  ['a\u202egnp\\:*?"<>|b', 'a gnp b.txt'],
  ['x'.repeat(300), `${'x'.repeat(80)}.txt`],
])('%j is saved as %j', (title, name) => {
  expect(fileNameOf(title)).toBe(name);
});
