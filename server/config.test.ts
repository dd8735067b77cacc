import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const sentence = (environment: Record<string, string>): string => {
  try {
    readConfig(environment);
    return '';
  } catch (error) {
    expect((error as Error).name).toBe('StartError');
    return (error as Error).message;
  }
};

describe('the configuration', () => {
  it('needs no setting at all', () => {
    expect(readConfig({})).toEqual({
      port: 3000,
      host: null,
      dataDir: resolve('data'),
      databaseUrl: null,
      publicUrl: null,
      trustedProxies: 0,
      logLevel: 'info',
      logRetentionDays: 7,
      metricsPort: null,
      metricsHost: '127.0.0.1',
      metricsToken: null,
    });
  });

  it('takes an empty setting for one that is not there', () => {
    expect(readConfig({ PORT: '', DATA_DIR: '', PUBLIC_URL: '' })).toEqual(readConfig({}));
  });

  it('reads what is set', () => {
    const config = readConfig({
      PORT: '8080',
      HOST: '127.0.0.1',
      DATA_DIR: '/srv/stoa',
      DATABASE_URL: 'postgres://stoa:word@db/stoa',
      PUBLIC_URL: 'https://stoa.example.org',
      TRUST_PROXY: '1',
      LOG_LEVEL: 'warn',
    });
    expect(config).toMatchObject({ port: 8080, host: '127.0.0.1', dataDir: '/srv/stoa', trustedProxies: 1 });
    expect(config.publicUrl?.origin).toBe('https://stoa.example.org');
  });

  it('names the setting that is wrong and says what it must be', () => {
    expect(sentence({ PORT: 'http' })).toBe(
      'The setting PORT must be a port number between 0 and 65535, not "http".',
    );
    expect(sentence({ PORT: '65536' })).toContain('PORT');
    expect(sentence({ PUBLIC_URL: 'https://example.org/stoa' })).toContain('PUBLIC_URL');
    expect(sentence({ PUBLIC_URL: 'javascript:alert(1)' })).toContain('PUBLIC_URL');
    expect(sentence({ TRUST_PROXY: 'yes' })).toContain('TRUST_PROXY');
    expect(sentence({ LOG_RETENTION_DAYS: 'week' })).toContain('LOG_RETENTION_DAYS');
    expect(sentence({ METRICS_PORT: '-1' })).toContain('METRICS_PORT');
    expect(sentence({ METRICS_TOKEN: 'short' })).toBe(
      'The setting METRICS_TOKEN must be 16 to 200 characters without spaces.',
    );
    expect(sentence({ LOG_LEVEL: 'loud' })).toContain('LOG_LEVEL');
  });

  it('does not repeat a database address, which holds a password', () => {
    expect(sentence({ DATABASE_URL: 'mysql://stoa:hunter2@db/stoa' })).toBe(
      'The setting DATABASE_URL must be an address that begins with postgres://.',
    );
  });
});
