/**
 * better-auth on our own tables: passwords, sessions, cookies. It is used as a library only. Its HTTP handler
 * is not mounted, so that the one door for requests stays tRPC with its origin check, limits and codes; and
 * accounts arise through links alone.
 */
import { betterAuth } from 'better-auth';
import type { BetterAuthOptions } from 'better-auth';
import { createAuthEndpoint } from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import { z } from 'zod';
import { passwordLengthLeast, passwordLengthLimit } from '#domain/workspaces/commands.ts';
import { day, second } from '#domain/time.ts';
import type { Database } from '../storage/database.ts';
import type { Passwords } from './passwords.ts';
import type { Secrets } from './secrets.ts';

export const sessionLastsMs = 30 * day;
/** A session in use is prolonged once a day, not at every request. */
const sessionRenewedEveryMs = day;

export const sessionCookieName = 'stoa.session_token';

interface AuthParts {
  db: Database;
  secrets: Secrets;
  passwords: Passwords;
  newId: () => string;
}

/** Opens a session for somebody whom a one-time link has proved; not reachable over HTTP. */
const linkSessions = {
  id: 'stoa-link-sessions',
  endpoints: {
    openSession: createAuthEndpoint(
      '/stoa/open-session',
      { method: 'POST', body: z.object({ personId: z.string() }), metadata: { SERVER_ONLY: true } },
      async (context) => {
        const { internalAdapter } = context.context;
        const user = await internalAdapter.findUserById(context.body.personId);
        if (!user) throw new RangeError('a session needs an existing person');
        const session = await internalAdapter.createSession(user.id);
        await setSessionCookie(context, { session, user });
        return context.json({ sessionId: session.id });
      },
    ),
  },
};

export const authOptions = ({ db, secrets, passwords, newId }: AuthParts) =>
  ({
    appName: 'Stoa',
    // Only used to build addresses of its own pages, which are not mounted.
    baseURL: 'http://localhost',
    secret: secrets.derive('sessions').toString('base64url'),
    telemetry: { enabled: false },
    // Its messages quote e-mail addresses; refusals are counted at our own door.
    logger: { disabled: true },
    database: {
      db: db.raw,
      // On PostgreSQL too: this makes it write instants as ISO text and booleans as 0 or 1, as all our tables do.
      type: 'sqlite',
    },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: passwordLengthLeast,
      maxPasswordLength: passwordLengthLimit,
      password: passwords,
    },
    // Ours, in `server/http/rate-limit.ts`, stands before every use.
    rateLimit: { enabled: false },
    session: {
      modelName: 'sessions',
      expiresIn: sessionLastsMs / second,
      updateAge: sessionRenewedEveryMs / second,
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
      },
    },
    user: {
      modelName: 'users',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    account: {
      modelName: 'credentials',
      fields: {
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    verification: {
      modelName: 'verifications',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    advanced: {
      cookiePrefix: 'stoa',
      // `secure` is added per request (accounts.ts): one server may be reached over https and on the LAN.
      useSecureCookies: false,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      ipAddress: { disableIpTracking: true },
      database: {
        generateId: () => newId(),
        // The migrations are ours; `test/contracts/auth-schema.test.ts` holds them to its expectations.
        validateSchema: false,
      },
    },
    plugins: [linkSessions],
  }) satisfies BetterAuthOptions;

export const createAuth = (parts: AuthParts) => betterAuth(authOptions(parts));
export type Auth = ReturnType<typeof createAuth>;
