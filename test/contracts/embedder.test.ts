import { createHashingEmbedder } from '../../runtime/adapters/embedder/hashing.ts';
import { createOnnxEmbedder } from '../../runtime/adapters/embedder/onnx.ts';
import { embeddingModelDir, embeddingModelName } from '../support/embedding-model.ts';
import { describeEmbedder } from './embedder-contract.ts';

describeEmbedder('the hashing embedder', async () => createHashingEmbedder());

const folder = await embeddingModelDir();
if (folder !== undefined) {
  describeEmbedder('the onnx embedder', () =>
    createOnnxEmbedder({ file: `${folder}/${embeddingModelName}.onnx`, dims: 384, maxTokens: 256, batchTokens: 4096, threads: 2 }),
  );
}
