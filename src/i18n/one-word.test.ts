import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

describe('the Portuguese messages', () => {
  const messages = globSync(join(import.meta.dirname, 'messages/pt-BR/*.json')).map((path) =>
    readFileSync(path, 'utf8'),
  );

  it.each([
    ['online and offline', /\b(?:on|off)-line\b/iu],
    ['procedimento', /\bPOPs?\b/u],
    [
      'espaço de trabalho, as espaço alone is room on a device',
      /\b(?:no|do|deste|seu|um|este) espaço\b(?! de)/iu,
    ],
  ])('have one word for one thing: %s', (_word, other) => {
    expect(messages.join('').match(other)?.[0]).toBeUndefined();
  });
});
