// Preloaded into each program that npm start starts: when npm start dies, however it dies, nobody is left to stop them.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();
