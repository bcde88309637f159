/** Item data as the editor's tree items. Values come from servers and models: they are appended as text, never parsed. */
import {
  MarkdownString,
  ThemeColor,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  type Command,
} from 'vscode';
import { withoutIcons } from '../platform/format.ts';
import type { TreeItemData } from './health-items.ts';

export interface TreeItemPlace {
  /** Stable over refreshes, so that the tree keeps what is expanded and selected. */
  readonly id: string;
  /** How an item with others below it is shown at first; none: nothing is below it. */
  readonly expansion?: 'open' | 'closed';
  readonly command?: Command;
}

export function treeItem(data: TreeItemData, place: TreeItemPlace): TreeItem {
  const { None, Expanded, Collapsed } = TreeItemCollapsibleState;
  const state = place.expansion === undefined ? None : place.expansion === 'open' ? Expanded : Collapsed;
  const item = new TreeItem(data.label, state);
  item.id = place.id;
  item.description = data.description;
  item.iconPath =
    data.icon.color === undefined
      ? new ThemeIcon(data.icon.id)
      : new ThemeIcon(data.icon.id, new ThemeColor(data.icon.color));
  item.contextValue = data.contextValue;
  item.tooltip = detailsMarkdown(data.label, data.details);
  item.accessibilityInformation = { label: data.spoken };
  if (place.command !== undefined) item.command = place.command;
  return item;
}

/** Links and HTML stay inert: the string is not trusted. */
export function detailsMarkdown(
  title: string,
  details: readonly (readonly [label: string, value: string])[],
): MarkdownString {
  const text = new MarkdownString();
  text.appendMarkdown('**').appendText(withoutIcons(title)).appendMarkdown('**');
  for (const [label, value] of details) {
    text.appendMarkdown(`\n\n${label}: `).appendText(withoutIcons(value));
  }
  return text;
}
