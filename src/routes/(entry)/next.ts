/** Where to go after signing in: a place of this app, whatever the address said. */
export function safeNext(wanted: string | null): string {
  if (!wanted?.startsWith('/') || /^\/[/\\]/.test(wanted) || /[\s\\]/.test(wanted)) return '/';
  const path = wanted.split(/[?#]/)[0];
  return path === '/sign-in' || path === '/link' ? '/' : wanted;
}
