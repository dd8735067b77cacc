/** Workspaces, people, grants, links and one's own account over tRPC. */
import { z } from 'zod';
import { personId } from '#domain/ids.ts';
import { lineUpTo } from '#domain/one-line.ts';
import {
  email,
  passwordLengthLimit,
  personName,
  workspaceCommands as specs,
  workspaceName,
} from '#domain/workspaces/commands.ts';
import { addressKey } from '../http/rate-limit.ts';
import { command, openProcedure, query, router } from '../http/trpc.ts';
import { linkTokenLength } from './secrets.ts';
import { tokenNameLengthLimit } from './tokens.ts';

const password = z.string().min(1).max(passwordLengthLimit);
/** Any text of about that length: what is wrong with it is told by a code, not by the parser. */
const linkToken = z.string().max(2 * linkTokenLength);

export const workspacesRouter = router({
  rename: command(specs['workspaces.rename'], (s, c) => s.people.rename(c)),
});

export const peopleRouter = router({
  rename: command(specs['people.rename'], (s, c) => s.people.renamePerson(c)),
  invite: command(specs['people.invite'], (s, c) => s.people.invite(c)),
  revokeInvitation: command(specs['people.revokeInvitation'], (s, c) => s.people.revokeInvitation(c)),
  changeRole: command(specs['people.changeRole'], (s, c) => s.people.changeRole(c)),
  deactivate: command(specs['people.deactivate'], (s, c) => s.people.deactivate(c)),
  reactivate: command(specs['people.reactivate'], (s, c) => s.people.reactivate(c)),
  transferOwnership: command(specs['people.transferOwnership'], (s, c) => s.people.transferOwnership(c)),
  leave: command(specs['people.leave'], (s, c) => s.people.leave(c)),
  /** What is open, with its link to hand over; owners see all, others what they made. */
  invitations: query.query(({ ctx }) => ctx.services.people.invitations(ctx.actor)),
  /** Who did what to people and access, newest first. */
  record: query
    .input(z.object({ before: z.number().int().positive().nullable().default(null) }))
    .query(({ ctx, input }) => ctx.services.history.page(ctx.actor, input.before)),
  resetLink: query
    .input(z.object({ personId }))
    .mutation(({ ctx, input }) => ctx.services.people.resetLink(ctx.actor, input.personId)),
});

export const grantsRouter = router({
  give: command(specs['grants.give'], (s, c) => s.people.giveGrant(c)),
  revoke: command(specs['grants.revoke'], (s, c) => s.people.revokeGrant(c)),
});

/** Mutations although they only look: a token must not stand in an address, which proxies log. */
export const linksRouter = router({
  look: openProcedure.input(z.object({ token: linkToken })).mutation(({ ctx, input }) => {
    ctx.limits.links.take(addressKey(ctx.address));
    return ctx.services.links.look(input.token);
  }),
  redeem: openProcedure
    .input(
      z.object({
        token: linkToken,
        name: personName.optional(),
        email: email.optional(),
        password: password.optional(),
        workspaceName: workspaceName.optional(),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      ctx.limits.links.take(addressKey(ctx.address));
      const { cookies, ...redeemed } = await ctx.services.links.redeem(
        input,
        await ctx.account(),
        ctx.credentials,
      );
      ctx.setCookies(cookies);
      return redeemed;
    }),
});

export const accountRouter = router({
  /** Who I am, or null for nobody. */
  get: openProcedure.query(async ({ ctx }) => {
    const account = await ctx.account();
    return account ? ctx.services.accounts.facts(account) : null;
  }),
  signIn: openProcedure.input(z.object({ email, password })).mutation(async ({ ctx, input }) => {
    const address = addressKey(ctx.address);
    const pair = `${address} ${input.email}`;
    ctx.limits.signInFromAddress.take(address);
    ctx.limits.signInToAccount.take(input.email);
    ctx.limits.signIn.take(pair);
    const cookies = await ctx.services.accounts.signIn(input, ctx.credentials);
    ctx.limits.signIn.forget(pair);
    ctx.setCookies(cookies);
    return { signedIn: true };
  }),
  signOut: openProcedure.mutation(async ({ ctx }) => {
    ctx.setCookies(await ctx.services.accounts.signOut(ctx.credentials));
    return { signedIn: false };
  }),
  sessions: openProcedure.query(async ({ ctx }) => ctx.services.accounts.listSessions(await ctx.account())),
  revokeSession: openProcedure
    .input(z.object({ sessionId: z.string().min(1).max(64) }))
    .mutation(async ({ ctx, input }) => {
      await ctx.services.accounts.revokeSession(await ctx.account(), input.sessionId);
      return { revoked: true };
    }),
  revokeOtherSessions: openProcedure.mutation(async ({ ctx }) => {
    await ctx.services.accounts.revokeOtherSessions(await ctx.account());
    return { revoked: true };
  }),
  changePassword: openProcedure
    // Without a current one: the first password of somebody who came in by a link.
    .input(z.object({ current: password.nullable(), next: password }))
    .mutation(async ({ ctx, input }) => {
      const account = await ctx.account();
      // Whoever sits at an open screen must not be able to try passwords there.
      if (account) ctx.limits.signIn.take(`password of ${account.personId}`);
      ctx.setCookies(await ctx.services.accounts.changePassword(account, input, ctx.credentials));
      return { changed: true };
    }),
  tokens: query.query(({ ctx }) => ctx.services.tokens.list(ctx.actor)),
  /** The token is shown in this answer and never again. */
  addToken: query
    .input(
      z.object({
        name: lineUpTo(tokenNameLengthLimit).min(1),
        expiresAt: z.iso.datetime({ precision: 3 }).nullable(),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.tokens.add(ctx.actor, input)),
  revokeToken: query.input(z.object({ tokenId: z.uuid() })).mutation(async ({ ctx, input }) => {
    await ctx.services.tokens.revoke(ctx.actor, input.tokenId);
    return { revoked: true };
  }),
});
