-- Only numbers of roles are returned, as the name of such a role would be as good as its password.
SELECT count(*) FILTER (WHERE v.own_name) AS own_name,
       count(*) FILTER (WHERE v.usual_word) AS usual_word,
       count(*) FILTER (WHERE v.few_iterations) AS few_iterations
FROM (
    SELECT a.rolpassword = 'md5' || md5(a.rolname || a.rolname) AS own_name,
           a.rolpassword = 'md5' || md5('123456' || a.rolname)
           OR a.rolpassword = 'md5' || md5('12345678' || a.rolname)
           OR a.rolpassword = 'md5' || md5('admin' || a.rolname)
           OR a.rolpassword = 'md5' || md5('changeme' || a.rolname)
           OR a.rolpassword = 'md5' || md5('example' || a.rolname)
           OR a.rolpassword = 'md5' || md5('letmein' || a.rolname)
           OR a.rolpassword = 'md5' || md5('mysecretpassword' || a.rolname)
           OR a.rolpassword = 'md5' || md5('pass' || a.rolname)
           OR a.rolpassword = 'md5' || md5('password' || a.rolname)
           OR a.rolpassword = 'md5' || md5('Password1' || a.rolname)
           OR a.rolpassword = 'md5' || md5('postgres' || a.rolname)
           OR a.rolpassword = 'md5' || md5('qwerty' || a.rolname)
           OR a.rolpassword = 'md5' || md5('secret' || a.rolname)
           OR a.rolpassword = 'md5' || md5('test' || a.rolname) AS usual_word,
           a.rolpassword ~ '^SCRAM-SHA-256[$]0*([0-9]{1,3}|[123][0-9]{3}|40[0-8][0-9]|409[0-5]):' AS few_iterations
    FROM pg_authid AS a
    JOIN pg_roles AS r ON r.rolname = a.rolname
    WHERE r.rolcanlogin
) AS v
