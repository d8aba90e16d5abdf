/** What the run may spend, as far as the guest side measures it; set when a run begins or goes on. The host checks again. */
export const limits = { toolInputBytes: 0, resultBytes: 0, logBytes: 0 };
