-- `dead_jobs`, which came with the queue, holds the dead letters of every queue from now on: they are listed newest first.
CREATE INDEX dead_jobs_by_died_at ON dead_jobs (died_at);
