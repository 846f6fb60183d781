def test_x(copy):
    t=copy.transforms
    t.dbt.run(t.variables, "--select", "bookkeeping_checks")
    for row in copy.query("select check_name, subject, amount, date, message, threshold from {models}.bookkeeping_checks order by 1,2"):
        print(row)
