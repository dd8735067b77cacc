/** The kinds of block a person can choose, in one list for the slash menu and the toolbar. */
import type { Editor } from '@tiptap/core';
import { m } from '#i18n/compiled/messages.js';
import { insertTable } from './tables.ts';

export interface BlockChoice {
  id: string;
  name: () => string;
  /** Other words people type for it, in the language of the screen, separated by spaces. */
  alsoCalled: () => string;
  /** What to type at the start of a line instead. */
  shortcut: string;
  choose: (editor: Editor) => void;
}

const heading = (level: 1 | 2 | 3, name: () => string): BlockChoice => ({
  id: `heading${level}`,
  name,
  alsoCalled: () => `${m.editor_also_heading()} h${level}`,
  shortcut: '#'.repeat(level),
  choose: (editor) => editor.chain().focus().setHeading({ level }).run(),
});

const callout = (kind: 'note' | 'tip' | 'warning', name: () => string): BlockChoice => ({
  id: kind,
  name,
  alsoCalled: () => m.editor_also_callout(),
  shortcut: '',
  choose: (editor) => chooseCallout(editor, kind),
});

/** Wraps in a callout; inside one of another kind, changes its kind; inside the same kind, takes it away. */
export function chooseCallout(editor: Editor, kind: 'note' | 'tip' | 'warning'): void {
  const chain = editor.chain().focus();
  if (editor.isActive('callout', { kind })) chain.lift('callout').run();
  else if (editor.isActive('callout')) chain.updateAttributes('callout', { kind }).run();
  else chain.wrapIn('callout', { kind }).run();
}

export const blockChoices: readonly BlockChoice[] = [
  {
    id: 'paragraph',
    name: m.editor_block_paragraph,
    alsoCalled: m.editor_also_paragraph,
    shortcut: '',
    choose: (editor) => editor.chain().focus().setParagraph().run(),
  },
  heading(1, m.editor_block_heading1),
  heading(2, m.editor_block_heading2),
  heading(3, m.editor_block_heading3),
  {
    id: 'bulletList',
    name: m.editor_block_bullet_list,
    alsoCalled: m.editor_also_list,
    shortcut: '-',
    choose: (editor) => editor.chain().focus().toggleBulletList().run(),
  },
  {
    id: 'orderedList',
    name: m.editor_block_ordered_list,
    alsoCalled: m.editor_also_list,
    shortcut: '1.',
    choose: (editor) => editor.chain().focus().toggleOrderedList().run(),
  },
  {
    id: 'taskList',
    name: m.editor_block_task_list,
    alsoCalled: m.editor_also_tasks,
    shortcut: '[ ]',
    choose: (editor) => editor.chain().focus().toggleTaskList().run(),
  },
  {
    id: 'blockquote',
    name: m.editor_block_quote,
    alsoCalled: m.editor_also_quote,
    shortcut: '>',
    choose: (editor) => editor.chain().focus().toggleBlockquote().run(),
  },
  callout('note', m.editor_block_note),
  callout('tip', m.editor_block_tip),
  callout('warning', m.editor_block_warning),
  {
    id: 'table',
    name: m.editor_block_table,
    alsoCalled: m.editor_also_table,
    shortcut: '',
    choose: (editor) => insertTable(editor),
  },
  {
    id: 'codeBlock',
    name: m.editor_block_code,
    alsoCalled: m.editor_also_code,
    shortcut: '```',
    choose: (editor) => editor.chain().focus().toggleCodeBlock().run(),
  },
  {
    id: 'horizontalRule',
    name: m.editor_block_rule,
    alsoCalled: m.editor_also_rule,
    shortcut: '---',
    choose: (editor) => editor.chain().focus().setHorizontalRule().run(),
  },
];

/** Without case and accents, so that "citacao" finds "Citação". */
export const plainWords = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase();

/** Choices whose name or other names hold a word that begins with the query; names first. */
export function choicesFor(query: string): BlockChoice[] {
  const wanted = plainWords(query.trim());
  const begins = (text: string) =>
    plainWords(text)
      .split(' ')
      .some((word) => word.startsWith(wanted));
  const named = blockChoices.filter(({ name }) => begins(name()) || plainWords(name()).startsWith(wanted));
  return [
    ...named,
    ...blockChoices.filter((choice) => !named.includes(choice) && begins(choice.alsoCalled())),
  ];
}
