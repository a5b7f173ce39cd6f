-- Who may see an image: public or private. The release before does not name the column: what it takes in is public.
ALTER TABLE images ADD COLUMN visibility TEXT NOT NULL DEFAULT 'public';
