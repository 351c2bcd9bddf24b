-- The first block of source lines that came with a run or after it: a line in an earlier one is as it was before the run.
-- Nobody noted it of runs before this.
ALTER TABLE history_run ADD COLUMN first_block INTEGER;
