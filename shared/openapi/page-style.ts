/** The page's style. It goes into the page itself, and its hash into the page's Content-Security-Policy. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1c2128, #d6dae0);
  --quiet: light-dark(#57606a, #939ba6);
  --ground: light-dark(#ffffff, #14171c);
  --raised: light-dark(#f5f6f8, #1d2127);
  --line: light-dark(#d9dde2, #323840);
  --accent: light-dark(#0b5cad, #74b3f5);
  --get: light-dark(#0b6b3a, #5fce93);
  --post: light-dark(#8a4b00, #f0b35c);
  --bad: light-dark(#a1260d, #ff8f7a);
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; color: var(--text); background: var(--ground);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: break-word;
}
a { color: var(--accent); text-decoration: none; }
a:hover, a:focus-visible { text-decoration: underline; }
code, pre { font: 0.875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { background: var(--raised); border-radius: 3px; padding: 0.1em 0.3em; overflow-wrap: anywhere; }
pre {
  background: var(--raised); border: 1px solid var(--line); border-radius: 6px;
  padding: 0.75rem 1rem; margin: 0.5rem 0 1rem; overflow-x: auto;
}
pre code { background: none; padding: 0; font-size: 1em; overflow-wrap: normal; }
nav { padding: 1.25rem; background: var(--raised); border-bottom: 1px solid var(--line); }
nav ul { list-style: none; margin: 0.25rem 0 1rem; padding: 0; }
nav li a { display: flex; gap: 0.5rem; padding: 0.25rem 0; font-size: 0.9rem; color: var(--text); }
nav .title { font-weight: 650; font-size: 1.1rem; color: var(--text); }
nav .group { display: block; margin-top: 1rem; font-weight: 600; font-size: 0.85rem; color: var(--quiet); }
main { padding: 1.25rem; max-width: 54rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0.5rem 0 1rem; }
h2 { font-size: 1.45rem; line-height: 1.25; margin: 3rem 0 0.75rem; }
h3 { font-size: 1.1rem; margin: 0 0 0.25rem; display: flex; flex-wrap: wrap; gap: 0.25rem 0.6rem; align-items: baseline; }
h3 code { background: none; padding: 0; font-size: 1.05em; }
h4 { font-size: 0.95rem; margin: 1.5rem 0 0.5rem; }
article { border-top: 1px solid var(--line); padding: 1.75rem 0 1rem; }
.method { font: 600 0.75rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; color: var(--quiet); }
nav .method { flex: 0 0 4rem; line-height: 1.9; }
.get { color: var(--get); }
.post { color: var(--post); }
.summary { margin: 0 0 0.75rem; font-weight: 600; }
.note { color: var(--quiet); }
dl { margin: 0.5rem 0 1rem; border-top: 1px solid var(--line); }
dl > div { padding: 0.6rem 0; border-bottom: 1px solid var(--line); }
dt { display: flex; flex-wrap: wrap; gap: 0.1rem 0.6rem; align-items: baseline; align-content: flex-start; }
dt .kind { flex-basis: 100%; font-size: 0.85rem; color: var(--quiet); overflow-wrap: anywhere; }
dt .required { font-size: 0.85rem; }
dt .status { font-weight: 650; }
dt .refused { color: var(--bad); }
dd { margin: 0.15rem 0 0; }
dd dl { margin: 0.75rem 0; }
dd p { margin: 0.15rem 0; }
dd ul { margin: 0.15rem 0; padding-left: 1.2rem; }
summary { cursor: pointer; color: var(--accent); font-size: 0.9rem; }
@media (min-width: 62rem) {
  body { display: grid; grid-template-columns: 19rem minmax(0, 1fr); }
  nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; border-bottom: 0; border-right: 1px solid var(--line); }
  main { padding: 2rem 3rem 6rem; }
  dl > div { display: grid; grid-template-columns: 15rem minmax(0, 1fr); gap: 1.5rem; }
  dd dl > div { grid-template-columns: 9rem minmax(0, 1fr); }
  dd { margin: 0; }
}
@media print { nav { display: none; } }
`;
