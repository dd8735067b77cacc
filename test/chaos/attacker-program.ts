/** The attacker as a process of its own: what it computes must not be mistaken for the server's slowness. */
import { attack } from './attacks.ts';
import type { Attack, Target } from './attacks.ts';

process.on('message', ({ name, target }: { name: Attack; target: Target }) => {
  attack(name, target).then(
    () => process.send?.({ error: null }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
