import { describe, expect, it } from 'vitest';
import { capsOf, nameOfPress, readPress } from './shortcuts.ts';

const press = (key: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey', boolean>> = {}) =>
  nameOfPress({ key, ctrlKey: false, metaKey: false, altKey: false, ...held });
const known = ['mod+k', '?', 'g d', 'g c', 'c'];

describe('keys', () => {
  it('have one name on every machine', () => {
    expect(press('k', { ctrlKey: true })).toBe('mod+k');
    expect(press('K', { metaKey: true })).toBe('mod+k');
    expect(press('?')).toBe('?');
    expect(press('Shift')).toBeNull();
    expect(press('l', { altKey: true })).toBeNull();
  });
  it('fire a command of one press', () => {
    expect(readPress('mod+k', null, known)).toEqual({ hit: 'mod+k', pending: null });
  });
  it('wait for the second of two', () => {
    expect(readPress('g', null, known)).toEqual({ hit: null, pending: 'g' });
    expect(readPress('d', 'g', known)).toEqual({ hit: 'g d', pending: null });
  });
  it('prefer the sequence to its last key alone', () => {
    expect(readPress('c', 'g', known).hit).toBe('g c');
    expect(readPress('c', null, known).hit).toBe('c');
  });
  it('forget a sequence that goes nowhere', () => {
    expect(readPress('x', 'g', known)).toEqual({ hit: null, pending: null });
  });
  it('are shown as the caps of the machine', () => {
    expect(capsOf('mod+k', true)).toEqual(['⌘', 'K']);
    expect(capsOf('mod+k', false)).toEqual(['Ctrl', 'K']);
    expect(capsOf('g d', false)).toEqual(['G', 'D']);
  });
});
