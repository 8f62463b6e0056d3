/** The screen of a terminal as an SVG picture. */
import type { Run, Screen } from './screen.js';

/** Pixels. */
const FONT_SIZE = 14;
const CELL = { width: 8.4, height: 18 };
const MARGIN = 14;
const BACKGROUND = '#0d1117';
const FOREGROUND = '#d6dde5';
/** The 16 colors of a terminal, readable on the background. */
const PALETTE = [
  ...['#6e7681', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#d6dde5'],
  ...['#8b949e', '#ffa198', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#f0f6fc'],
];

/** Draws a screen. `title` is for readers who cannot see it. */
export function pictureOf({ columns, rows }: Screen, title: string): string {
  const width = pixels(columns * CELL.width + 2 * MARGIN);
  const height = pixels(rows.length * CELL.height + 2 * MARGIN);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}" fill="${FOREGROUND}">`,
    ...rows.flatMap((runs, y) => runs.map((run) => textOf(run, MARGIN + y * CELL.height + FONT_SIZE))),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** With its length, so that it ends where it should in every font. */
function textOf({ column, width, text, color, bold, dim }: Run, y: number): string {
  const attributes = [
    `x="${pixels(MARGIN + column * CELL.width)}" y="${pixels(y)}"`,
    `textLength="${pixels(width * CELL.width)}"`,
    ...(color === undefined ? [] : [`fill="${PALETTE[color] ?? FOREGROUND}"`]),
    ...(bold ? ['font-weight="bold"'] : []),
    ...(dim ? ['opacity="0.6"'] : []),
  ];
  return `<text ${attributes.join(' ')} xml:space="preserve">${escaped(text)}</text>`;
}

function pixels(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
