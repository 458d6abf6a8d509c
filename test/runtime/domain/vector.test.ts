import { createRandom } from '../../../runtime/domain/random.ts';
import { dot, dots } from '../../../runtime/domain/vector.ts';

const random = createRandom('vectors');
const draw = (dims: number): Float32Array => Float32Array.from({ length: dims }, () => random.normal());

describe('dots', () => {
  it.each([0, 1, 2, 3, 4, 5, 8, 11])('gives of %i vectors what dot gives of each, to the last bit', (count) => {
    const query = draw(384);
    const vectors = Array.from({ length: count }, () => draw(384));
    expect([...dots(vectors, query)]).toEqual(vectors.map((vector) => dot(vector, query)));
  });

  it('refuses a vector of another length, wherever it stands', () => {
    const vectors = Array.from({ length: 6 }, (_, i) => draw(i === 5 ? 3 : 4));
    expect(() => dots(vectors, draw(4))).toThrow(RangeError);
  });
});
