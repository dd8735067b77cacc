import { expect, it } from 'vitest';
import { safeNext } from './next.ts';

it('keeps a place of the app with its query', () => {
  expect(safeNext('/cases/1?tab=timeline')).toBe('/cases/1?tab=timeline');
});
it.each(['https://evil.example', '//evil.example', '/\\evil.example', '/\t/evil.example', 'cases', null, ''])(
  'does not leave the app for %j',
  (wanted) => expect(safeNext(wanted)).toBe('/'),
);
it('does not come back to the page of signing in', () => {
  expect(safeNext('/sign-in?next=/')).toBe('/');
});
