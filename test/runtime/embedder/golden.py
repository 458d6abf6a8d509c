"""How golden.json and tokens.json came about, without any code of ours: the encoder computed in float64 by numpy straight from the
published model.safetensors, after Hugging Face's own tokenizers (Rust).

    pip install numpy==2.4.6 tokenizers==0.23.3
    python golden.py FOLDER_WITH_model.safetensors_AND_tokenizer.json      rewrites both files from the texts in them
"""
import json
import math
import pathlib
import struct
import sys

import numpy as np
from tokenizers import Tokenizer

here, source = pathlib.Path(__file__).parent, pathlib.Path(sys.argv[1])
raw = (source / "model.safetensors").read_bytes()
(length,) = struct.unpack("<Q", raw[:8])
data = raw[8 + length:]
weights = {
    name: np.frombuffer(data[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"]).astype(np.float64)
    for name, entry in json.loads(raw[8:8 + length]).items()
    if entry.get("dtype") == "F32"
}
tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
tokenizer.no_padding()
tokenizer.enable_truncation(256)
erf = np.vectorize(math.erf)


def norm(x, name):
    mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / np.sqrt(var + 1e-12) * weights[name + ".weight"] + weights[name + ".bias"]


def dense(x, name):
    return x @ weights[name + ".weight"].T + weights[name + ".bias"]


def embed(ids):
    n, e = len(ids), "embeddings."
    tables = [weights[f"{e}{kind}_embeddings.weight"] for kind in ("word", "position", "token_type")]
    x = norm(tables[0][ids] + tables[1][:n] + tables[2][0], e + "LayerNorm")
    for layer in range(6):
        p = f"encoder.layer.{layer}."
        q, k, v = (dense(x, f"{p}attention.self.{part}").reshape(n, 12, 32).swapaxes(0, 1) for part in ("query", "key", "value"))
        scores = q @ k.swapaxes(1, 2) / math.sqrt(32)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (scores / scores.sum(-1, keepdims=True) @ v).swapaxes(0, 1).reshape(n, 384)
        x = norm(dense(mixed, p + "attention.output.dense") + x, p + "attention.output.LayerNorm")
        inner = dense(x, p + "intermediate.dense")
        inner = 0.5 * inner * (1 + erf(inner / math.sqrt(2)))
        x = norm(dense(inner, p + "output.dense") + x, p + "output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


texts = [entry["text"] for entry in json.loads((here / "golden.json").read_text())["texts"]]
ids = [tokenizer.encode(text).ids for text in texts]
vectors = np.array([embed(each) for each in ids])
rounded = lambda values: [round(float(value), 7) for value in values]
golden = {
    "texts": [{"text": t, "tokens": len(i), "first": rounded(v[:8])} for t, i, v in zip(texts, ids, vectors)],
    "cosines": [rounded(row) for row in vectors @ vectors.T],
}
(here / "golden.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")
words = [entry["text"] for entry in json.loads((here / "tokens.json").read_text())]
(here / "tokens.json").write_text(json.dumps([{"text": t, "ids": tokenizer.encode(t).ids} for t in words]) + "\n")
