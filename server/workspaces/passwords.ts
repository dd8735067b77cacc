/** How passwords are kept: scrypt, slow on purpose. What keeps them is handed in, so that tests need not be slow. */
import { hashPassword, verifyPassword } from 'better-auth/crypto';

export interface Passwords {
  hash(password: string): Promise<string>;
  verify(given: { hash: string; password: string }): Promise<boolean>;
}

export const slowPasswords: Passwords = { hash: hashPassword, verify: verifyPassword };
