import { describe, expect, it } from 'vitest';
import { faultOf, loggedPath, pathOf } from './log.ts';

describe('the log', () => {
  it('keeps a path without its query string and fragment', () => {
    expect(pathOf('/sync/document/1?token=stoa_secret#part')).toBe('/sync/document/1');
    expect(pathOf('/link#secret')).toBe('/link');
    expect(pathOf(undefined)).toBe('/');
    expect(loggedPath(`/${'a'.repeat(5_000)}`)).toHaveLength(200);
  });

  it('tells the kind and place of an error, not its words', () => {
    const error = new TypeError('cannot read "Olga <olga@example.org>"', {
      cause: Object.assign(new Error('row (olga@example.org)'), { code: '23505' }),
    });
    const fault = faultOf(error);
    expect(fault).toMatchObject({ kind: 'TypeError', cause: { kind: 'Error', code: '23505' } });
    expect(fault.at[0]).toContain('log.test.ts');
    expect(JSON.stringify(fault)).not.toContain('olga');
    expect(faultOf('thrown text')).toEqual({ kind: 'string', code: undefined, at: [] });
  });
});
