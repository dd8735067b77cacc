/** What stands on the toolbar. */
import type { Editor } from '@tiptap/core';
import { m } from '#i18n/compiled/messages.js';
import type { ToolIconName } from './tool-icons.ts';

export interface Tool {
  icon: ToolIconName;
  name: () => string;
  /** As `aria-keyshortcuts` writes it. */
  keys?: string;
  /** For what can be on or off; absent for what only happens. */
  isOn?: (editor: Editor) => boolean;
  /** Whether it can be done now; absent means always. */
  isPossible?: (editor: Editor) => boolean;
  use: (editor: Editor) => void;
}

const mark = (
  icon: ToolIconName,
  type: 'bold' | 'italic' | 'underline' | 'strike' | 'code' | 'subscript' | 'superscript',
  name: () => string,
  keys: string,
): Tool => ({
  icon,
  name,
  keys,
  isOn: (editor) => editor.isActive(type),
  isPossible: (editor) => !editor.isActive('codeBlock'),
  use: (editor) => editor.chain().focus().toggleMark(type).run(),
});

export const markTools: readonly Tool[] = [
  mark('bold', 'bold', m.editor_bold, 'Control+B'),
  mark('italic', 'italic', m.editor_italic, 'Control+I'),
  mark('underline', 'underline', m.editor_underline, 'Control+U'),
  mark('strike', 'strike', m.editor_strike, 'Control+Shift+S'),
  mark('code', 'code', m.editor_code, 'Control+E'),
];

export const scriptTools: readonly Tool[] = [
  mark('subscript', 'subscript', m.editor_subscript, 'Control+,'),
  mark('superscript', 'superscript', m.editor_superscript, 'Control+.'),
];

export const blockTools: readonly Tool[] = [
  {
    icon: 'bulletList',
    name: m.editor_block_bullet_list,
    keys: 'Control+Shift+8',
    isOn: (editor) => editor.isActive('bulletList'),
    use: (editor) => editor.chain().focus().toggleBulletList().run(),
  },
  {
    icon: 'orderedList',
    name: m.editor_block_ordered_list,
    keys: 'Control+Shift+7',
    isOn: (editor) => editor.isActive('orderedList'),
    use: (editor) => editor.chain().focus().toggleOrderedList().run(),
  },
  {
    icon: 'taskList',
    name: m.editor_block_task_list,
    keys: 'Control+Shift+9',
    isOn: (editor) => editor.isActive('taskList'),
    use: (editor) => editor.chain().focus().toggleTaskList().run(),
  },
  {
    icon: 'quote',
    name: m.editor_block_quote,
    keys: 'Control+Shift+B',
    isOn: (editor) => editor.isActive('blockquote'),
    use: (editor) => editor.chain().focus().toggleBlockquote().run(),
  },
];

export const historyTools: readonly Tool[] = [
  {
    icon: 'undo',
    name: m.editor_undo,
    keys: 'Control+Z',
    isPossible: (editor) => editor.can().undo(),
    use: (editor) => editor.chain().focus().undo().run(),
  },
  {
    icon: 'redo',
    name: m.editor_redo,
    keys: 'Control+Shift+Z',
    isPossible: (editor) => editor.can().redo(),
    use: (editor) => editor.chain().focus().redo().run(),
  },
];

type CellAlign = 'left' | 'center' | 'right';

const align = (icon: ToolIconName, to: CellAlign, name: () => string): Tool => ({
  icon,
  name,
  isOn: (editor) =>
    editor.isActive('tableCell', { align: to }) || editor.isActive('tableHeader', { align: to }),
  use: (editor) => editor.chain().focus().setCellAttribute('align', to).run(),
});

export const tableTools: readonly Tool[] = [
  {
    icon: 'rowBefore',
    name: m.editor_table_row_before,
    use: (editor) => editor.chain().focus().addRowBefore().run(),
  },
  {
    icon: 'rowAfter',
    name: m.editor_table_row_after,
    use: (editor) => editor.chain().focus().addRowAfter().run(),
  },
  {
    icon: 'rowDelete',
    name: m.editor_table_row_delete,
    use: (editor) => editor.chain().focus().deleteRow().run(),
  },
  {
    icon: 'columnBefore',
    name: m.editor_table_column_before,
    use: (editor) => editor.chain().focus().addColumnBefore().run(),
  },
  {
    icon: 'columnAfter',
    name: m.editor_table_column_after,
    use: (editor) => editor.chain().focus().addColumnAfter().run(),
  },
  {
    icon: 'columnDelete',
    name: m.editor_table_column_delete,
    use: (editor) => editor.chain().focus().deleteColumn().run(),
  },
  {
    icon: 'headerRow',
    name: m.editor_table_header,
    isOn: (editor) => editor.isActive('tableHeader'),
    use: (editor) => editor.chain().focus().toggleHeaderRow().run(),
  },
  align('alignLeft', 'left', m.editor_table_align_left),
  align('alignCenter', 'center', m.editor_table_align_center),
  align('alignRight', 'right', m.editor_table_align_right),
  {
    icon: 'tableDelete',
    name: m.editor_table_delete,
    use: (editor) => editor.chain().focus().deleteTable().run(),
  },
];
