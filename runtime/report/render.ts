import type { Store } from '../ports/store.ts';
import { readReport } from './data.ts';
import type { Report } from './schema.ts';

export const reportFormats = ['json', 'markdown', 'html'] as const;
export type ReportFormat = (typeof reportFormats)[number];

export const reportMediaTypes: Readonly<Record<ReportFormat, string>> = {
  json: 'application/json; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

/** The report of a session in one format. SESSION_UNKNOWN. */
export async function sessionReport(store: Store, sessionId: string, format: ReportFormat): Promise<string> {
  return renderReport(await readReport(store, sessionId), format);
}

export async function renderReport(report: Report, format: ReportFormat): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'markdown':
      return (await import('./markdown.ts')).renderMarkdown(report);
    case 'html':
      return (await import('./html.ts')).renderHtml(report);
  }
}
