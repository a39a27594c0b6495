const t=performance.now(); await import("@pilab/storage-core"); const c=process.cpuUsage(); console.log((performance.now()-t).toFixed(0), (c.user+c.system)/1e6);
