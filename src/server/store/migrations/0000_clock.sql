-- Every time in the database comes from this function, so that a test can move the clock for all sessions at once.
CREATE FUNCTION "scrum4me_now"() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT statement_timestamp() $$;
