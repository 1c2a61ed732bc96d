import { htmlText } from '../../results/html.ts'

export { htmlText }

/** A whole page around its body; script and style come from this server only. */
export const page = (title: string, body: string, script = ''): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${htmlText(title)}</title>
<link rel="stylesheet" href="/style.css">
${script === '' ? '' : `<script src="${script}" defer></script>\n`}</head>
<body>
<header><a href="/">polyprov</a> <nav><a href="/docs">API</a> <a href="/api/v1/stores">stores</a> <a href="/api/v1/catalog">catalog</a> <a href="/metrics">metrics</a></nav></header>
<main>
${body}
</main>
</body>
</html>
`
