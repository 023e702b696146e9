// Makes the server's pages live and quick. Without this file every page and form still works.
import { startLive } from "./live.js";
import { startKeys } from "./keys.js";
import { startTriage } from "./triage.js";
import { startTimes } from "./times.js";
import { enhance } from "./enhance.js";
import { startToasts } from "./toast.js";

startTimes();
enhance(document);
startTriage();
startKeys();
startToasts();
startLive();
