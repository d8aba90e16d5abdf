let lastId = 0;

/** The next id: calls, yields, timers and parts of streams share one sequence. @returns {number} */
export const nextId = () => ++lastId;
