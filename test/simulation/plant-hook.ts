import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { plants } from './plants.ts';

/** Loaded before the simulation (`--import`): plants the fault named in PLANT into its file as it is loaded. */
const plant = plants.find(({ name }) => name === process.env['PLANT']);
if (!plant) throw new Error(`no fault is named ${process.env['PLANT'] ?? '(none)'}`);
const url = new URL(`../../${plant.file}`, import.meta.url).href;

registerHooks({
  load(asked, context, next) {
    if (asked !== url) return next(asked, context);
    const text = readFileSync(new URL(url), 'utf8');
    if (text.split(plant.find).length !== 2) throw new Error(`the place for "${plant.name}" does not stand exactly once in ${plant.file}`);
    return { format: 'module', shortCircuit: true, source: stripTypeScriptTypes(text.replace(plant.find, () => plant.replace)) };
  },
});
