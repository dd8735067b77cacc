/** What can be done about cases from any page. */
import { m } from '#i18n/compiled/messages.js';
import type { Engine } from '#lib/replica/engine.svelte.ts';
import type { ScreenCommand } from '#lib/ui/commands.svelte.ts';
import { mayInCases } from './cases.svelte.ts';

export function caseScreenCommands(engine: Engine): ScreenCommand[] {
  const group = m.cases_title();
  const reading: ScreenCommand[] = [
    { id: 'cases.mine', label: m.cases_palette_mine(), group, icon: 'case', href: '/cases?scope=mine' },
    {
      id: 'cases.unclaimed',
      label: m.cases_palette_unclaimed(),
      group,
      icon: 'case',
      href: '/cases?scope=unclaimed',
    },
  ];
  return [
    ...(mayInCases(engine, 'case.read') ? reading : []),
    ...(mayInCases(engine, 'case.open')
      ? [
          {
            id: 'cases.open',
            label: m.cases_palette_open(),
            group,
            icon: 'plus' as const,
            href: '/cases/new',
          },
        ]
      : []),
  ];
}
