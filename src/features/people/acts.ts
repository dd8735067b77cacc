/** What an owner can do about a person. */
export type PersonAct = 'role' | 'reset' | 'transfer' | 'deactivate' | 'reactivate';
