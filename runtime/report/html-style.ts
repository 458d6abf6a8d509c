/** The report's only style sheet: light and dark by the reader's preference, down to 360 px, and on paper. */
export const reportStyle = `
:root{color-scheme:light dark;--bg:#f7f6f3;--card:#fff;--ink:#1d1c1a;--soft:#5f5b55;--line:#e3dfd8;--fill:#efece6;--trust:#2a66c8;--novel:#b4530f;
--good:#1c7a4b;--goodbg:#e2f3e9;--warn:#8a5300;--warnbg:#fdf1da;--bad:#ab2a20;--badbg:#fbe7e4;--shaky:#8d877d}
@media screen and (prefers-color-scheme:dark){:root{--bg:#131312;--card:#1c1c1a;--ink:#edebe6;--soft:#a9a59c;--line:#34322e;--fill:#282724;--trust:#84b1ff;
--novel:#ffa166;--good:#67c795;--goodbg:#17301f;--warn:#f0b95a;--warnbg:#332710;--bad:#ff8e82;--badbg:#3a1a17;--shaky:#827d74}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1080px;margin:0 auto;padding:28px 20px 64px}
h1,h2,h3,h4,p,ul,ol,figure,table,blockquote{margin:0}
h1{font-size:clamp(1.35rem,1rem + 1.9vw,2.1rem);line-height:1.22;letter-spacing:-.015em;font-weight:650;text-wrap:balance}
h2{font-size:1.2rem;letter-spacing:-.01em;margin:44px 0 14px;scroll-margin-top:12px}
h3{font-size:1rem}
h4{font-size:.74rem;text-transform:uppercase;letter-spacing:.06em;color:var(--soft);margin:16px 0 4px;font-weight:600}
h1,h2,h3,p,li,td,th,summary,dd,blockquote{overflow-wrap:anywhere}
a{color:inherit;text-underline-offset:2px}
code,.id{font:0.82em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
.id,.soft,.note{color:var(--soft)}
.note{font-size:.86rem;margin-top:6px}
.brand{display:flex;flex-wrap:wrap;gap:4px 14px;font-size:.84rem;color:var(--soft);margin-bottom:18px}
.brand b{color:var(--ink);letter-spacing:.14em}
.objective{white-space:pre-line}
.ending{margin-top:14px;display:flex;flex-wrap:wrap;gap:6px 12px;align-items:baseline}
.badge{display:inline-block;font-size:.78rem;font-weight:600;padding:1px 9px;border-radius:99px;background:var(--fill);color:var(--ink);white-space:nowrap}
.badge.good{background:var(--goodbg);color:var(--good)}.badge.warn{background:var(--warnbg);color:var(--warn)}.badge.bad{background:var(--badbg);color:var(--bad)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(128px,1fr));gap:1px;background:var(--card);border:1px solid var(--line);border-radius:12px;overflow:hidden;margin:24px 0 0;padding:0}
.tiles div{box-shadow:0 0 0 1px var(--line);padding:12px 16px}
.tiles dt{font-size:.78rem;color:var(--soft)}
.tiles dd{margin:0;font-size:1.32rem;font-weight:620;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.tiles small{font-size:.78rem;font-weight:400;letter-spacing:0;color:var(--soft);display:block}
.notice{margin-top:14px;padding:12px 16px;border-radius:10px;background:var(--warnbg);border-left:4px solid var(--warn)}
nav{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:.9rem;margin-top:22px}
nav a{color:var(--soft)}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px 18px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:16px;align-items:start}
figure{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px 18px 12px}
figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;gap:2px 16px;margin-bottom:8px}
svg{display:block;width:100%;height:auto;overflow:visible}
.legend{font-size:.82rem;color:var(--soft)}
.key{margin-right:10px;white-space:nowrap}
.key::before{content:"";display:inline-block;width:9px;height:9px;border-radius:50%;margin-right:5px;background:currentColor}
.key.trust::before{background:var(--trust)}.key.novel::before{background:var(--novel)}.key.stable::before{background:var(--good)}
.key.shaky::before{background:var(--shaky)}.key.seed::before{background:var(--ink);border-radius:0;transform:rotate(45deg) scale(.85)}
.key.none::before{background:none;border:1.5px solid var(--shaky)}.key.ring::before{background:none;border:1.5px solid var(--novel)}
.grid{stroke:var(--line);stroke-width:1}.tick{fill:var(--soft);font-size:12px;font-variant-numeric:tabular-nums}
.target{stroke:var(--good);stroke-width:1.3;stroke-dasharray:5 4}
g.trust polyline,g.novel polyline{fill:none;stroke-width:2.4;stroke-linejoin:round;stroke-linecap:round}
g.trust polyline{stroke:var(--trust)}g.novel polyline{stroke:var(--novel)}
g.trust circle{fill:var(--trust)}g.novel circle{fill:var(--novel)}g circle{stroke:var(--card);stroke-width:1.5}
.bar{fill:var(--shaky);opacity:.55}
.edge{fill:none;stroke:var(--shaky);stroke-width:1;opacity:.34}.edge.strong{stroke:var(--trust);stroke-width:2.2;opacity:1}
.dot{stroke:var(--card);stroke-width:1.2}.dot.stable{fill:var(--good)}.dot.shaky{fill:var(--shaky)}.dot.seed{fill:var(--ink)}
.dot.none{fill:var(--card);stroke:var(--shaky);stroke-width:1.4}.ring{fill:none;stroke:var(--novel);stroke-width:1.3}
.ideas{list-style:none;padding:0;display:grid;gap:8px;grid-template-columns:minmax(0,1fr)}
.idea{background:var(--card);border:1px solid var(--line);border-radius:12px}
.idea summary{display:grid;grid-template-columns:2.2em 3.4em 1fr auto;gap:2px 12px;align-items:baseline;padding:11px 16px;cursor:pointer;list-style:none}
.idea summary::-webkit-details-marker{display:none}
.idea summary:focus-visible,a:focus-visible{outline:2px solid var(--trust);outline-offset:2px;border-radius:10px}
.rank{color:var(--soft);font-variant-numeric:tabular-nums}
.trustscore{font-weight:650;font-size:1.06rem;font-variant-numeric:tabular-nums;color:var(--shaky)}
.stable .trustscore{color:var(--good)}
.title{font-weight:560}
.axes{display:flex;gap:12px;font-size:.82rem;color:var(--soft);font-variant-numeric:tabular-nums;white-space:nowrap}
.axes b{color:var(--ink);font-weight:560}
.body{padding:2px 18px 18px;border-top:1px solid var(--line)}
.text{white-space:pre-line;max-width:70ch;margin-top:12px}
.body ul{padding-left:1.15em;max-width:70ch}
.body p{max-width:70ch}
.grades{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:4px 22px;margin:8px 0 0;padding:0;max-width:640px;font-size:.88rem}
.grades div{display:flex;justify-content:space-between;gap:8px;border-bottom:1px solid var(--line)}
.grades dt{color:var(--soft)}.grades dd{margin:0;letter-spacing:.12em;color:var(--trust);white-space:nowrap}.grades dd i{color:var(--line);font-style:normal}
.meta{font-size:.86rem;color:var(--soft);margin-top:14px}
.tree,.tree ul{list-style:none;padding-left:0}
.tree ul{padding-left:17px;margin-left:7px;border-left:1px solid var(--line)}
.tree ul ul ul ul ul ul ul{padding-left:6px;margin-left:2px}
.tree li{padding:2.5px 0;font-size:.93rem;line-height:1.4}
.tree li>span{display:flex;gap:9px;align-items:baseline}
.pill{flex:none;min-width:2.9em;text-align:center;font-size:.78rem;font-weight:600;border-radius:6px;padding:0 5px;background:var(--fill);color:var(--soft);font-variant-numeric:tabular-nums}
.pill.stable{background:var(--goodbg);color:var(--good)}
.how{color:var(--soft);font-size:.82rem}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:12px}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:7px 14px;text-align:right;border-top:1px solid var(--line);vertical-align:top;white-space:nowrap}
thead th{border-top:0;font-size:.78rem;color:var(--soft);font-weight:600;white-space:nowrap}
th:first-child,td:first-child,.words{text-align:left}
tbody th{font-weight:500}
td.words,tbody th{min-width:9em;white-space:normal}
.best{margin-top:8px}
.stack{display:grid;gap:12px;grid-template-columns:minmax(0,1fr)}
pre{margin:6px 0 0;padding:10px 12px;background:var(--fill);border-radius:8px;overflow:auto;max-height:26em;white-space:pre-wrap;overflow-wrap:anywhere;font:.8rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:3px 18px;margin:0;font-size:.9rem}
.facts dt{color:var(--soft)}.facts dd{margin:0;overflow-wrap:anywhere}
footer{margin-top:48px;color:var(--soft);font-size:.84rem}
@media (max-width:640px){main{padding:18px 14px 48px}.idea summary{grid-template-columns:1.5em 3em 1fr;gap:2px 8px;padding:10px 12px}.axes{grid-column:2/-1}
.body{padding:2px 14px 14px}.card,figure{padding:13px 14px}th,td{padding:6px 10px}.tick{font-size:14px}.facts{grid-template-columns:1fr}.facts dd{margin-bottom:6px}.tiles dd{font-size:1.15rem}}
@media print{:root{--bg:#fff;--card:#fff;--fill:#f3f3f3}body{font-size:10.5pt}main{max-width:none;padding:0}nav{display:none}
details::details-content{content-visibility:visible;block-size:auto}.idea,figure,.card,tr{break-inside:avoid}h2{break-after:avoid}pre{max-height:none}
.scroll,.idea,figure,.card{border-color:#ccc}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`;
