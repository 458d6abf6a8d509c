import { readFile } from 'node:fs/promises';
import { createTokenizer } from '../../../runtime/adapters/embedder/tokenizer.ts';
import { embeddingModelDir, embeddingModelName } from '../../support/embedding-model.ts';

const golden = JSON.parse(await readFile(new URL('tokens.json', import.meta.url), 'utf8')) as { text: string; ids: number[] }[];
const folder = await embeddingModelDir();

(folder === undefined ? describe.skip : describe)('the tokenizer', () => {
  let definition: object;
  beforeAll(async () => {
    definition = JSON.parse(await readFile(`${folder}/${embeddingModelName}.tokenizer.json`, 'utf8')) as object;
  });

  it.each(golden.map(({ text, ids }) => [text.slice(0, 40), text, ids] as const))(
    'gives the tokens of Hugging Face for %j',
    (_, text, ids) => {
      expect(createTokenizer(definition, 256)(text).ids).toEqual(ids);
    },
  );

  it('says of a text that fits exactly that it was not cut, and of one token more that it was', () => {
    const tokenize = createTokenizer(definition, 256);
    expect(tokenize('word '.repeat(253) + 'end')).toMatchObject({ truncated: false, ids: { length: 256 } });
    expect(tokenize('word '.repeat(254) + 'end')).toMatchObject({ truncated: true, ids: { length: 256 } });
  });

  it('reads as much of a long text as the cut needs, however much of it is white space', () => {
    const tokenize = createTokenizer(definition, 16);
    const sparse = ['one', 'two', 'three', 'four'].join(' '.repeat(5000));
    expect(tokenize(sparse)).toEqual({ ids: tokenize('one two three four').ids, truncated: false });
  });

  it('takes half a surrogate pair for an unknown character', () => {
    expect(createTokenizer(definition, 256)('cut \ud83d off').truncated).toBe(false);
  });
});
