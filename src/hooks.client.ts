/** Failures while a page is shown: said with a code that has words; the device's data is untouched by them. */
import type { HandleClientError } from '@sveltejs/kit';
import { codeOfCaught } from '#i18n/error-words.ts';

export const handleError: HandleClientError = ({ error, status }) => {
  if (status === 404) return { message: 'not_found', code: 'not_found' };
  const code = codeOfCaught(error);
  // eslint-disable-next-line no-console -- the device has no other log
  if (code === 'unexpected') console.error(error);
  // A part of a new version that the server no longer has, or a page never stored, without a connection.
  const missing = error instanceof TypeError && /import|fetch|module/i.test(error.message);
  const told = missing ? 'offline' : code;
  return { message: told, code: told };
};
