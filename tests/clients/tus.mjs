// Uploads one file with the published tus-js-client, as it is, and says line by line how far it is.
// Whoever starts it again with the same `memory` goes on where it was.
import { readFileSync } from "node:fs";
import * as tus from "tus-js-client";

const { endpoint, token, path, memory, chunkSize, metadata = {} } = JSON.parse(process.argv[2]);
const say = (event, details = {}) => process.stdout.write(JSON.stringify({ event, ...details }) + "\n");

const upload = new tus.Upload(readFileSync(path), {
  endpoint,
  metadata,
  headers: { Authorization: `Token ${token}` },
  chunkSize: chunkSize ?? Infinity,
  retryDelays: Array(200).fill(100),
  urlStorage: new tus.FileUrlStorage(memory),
  onUploadUrlAvailable: () => say("begun", { url: upload.url }),
  onChunkComplete: (size, accepted) => say("chunk", { accepted }),
  onSuccess: () => say("finished", { url: upload.url }),
  onError: (error) => {
    const answer = error.originalResponse;
    say("failed", { status: answer?.getStatus(), problem: answer ? JSON.parse(answer.getBody()) : String(error) });
  },
});

const [earlier] = await upload.findPreviousUploads();
if (earlier) {
  upload.resumeFromPreviousUpload(earlier);
}
upload.start();
