create schema accbooks_raw;

create table accbooks_raw.company (
    company_id text,
    id text,
    name text,
    company_number text,
    vat_number text,
    vat_scheme text,
    base_currency text,
    financial_year_end text,
    books_start_date date,
    plan text,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    extra json,
    _dlt_load_id text default 'first'
);

create table accbooks_raw.contacts (
    company_id text,
    id text,
    type text,
    name text,
    email text,
    vat_number text,
    country text,
    currency text,
    payment_terms_days bigint,
    is_active boolean,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    extra json,
    _dlt_load_id text default 'first'
);

create table accbooks_raw.bank_accounts (
    company_id text,
    id bigint,
    name text,
    nominal_code text,
    currency text,
    is_active boolean,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    extra json,
    _dlt_load_id text default 'first'
);

create table accbooks_raw.transactions (
    company_id text,
    id text,
    date date,
    type text,
    account_id bigint,
    transfer_account_id bigint,
    contact_id text,
    invoice_id text,
    description text,
    reference text,
    currency text,
    exchange_rate decimal(18,8),
    amount decimal(18,2),
    net_amount decimal(18,2),
    vat_amount decimal(18,2),
    vat_rate text,
    nominal_code text,
    status text,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    extra json,
    row_hash text default 'first',
    _dlt_load_id text default 'first'
);

create table accbooks_raw.invoices (
    company_id text,
    id text,
    number text,
    type text,
    customer_id text,
    supplier_id text,
    date date,
    due_date date,
    status text,
    currency text,
    exchange_rate decimal(18,8),
    reference text,
    net_total decimal(18,2),
    vat_total decimal(18,2),
    gross_total decimal(18,2),
    amount_paid decimal(18,2),
    amount_due decimal(18,2),
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    extra json,
    row_hash text default 'first',
    _dlt_load_id text default 'first'
);

create table accbooks_raw.invoice_line_items (
    company_id text,
    invoice_id text,
    line_number bigint,
    date date,
    description text,
    quantity decimal(18,6),
    unit_price decimal(24,8),
    vat_rate text,
    nominal_code text,
    net_amount decimal(18,2),
    vat_amount decimal(18,2),
    extra json,
    row_hash text default 'first',
    _dlt_load_id text default 'first'
);

create table accbooks_raw.journals (
    company_id text,
    id text,
    date date,
    type text,
    reference text,
    description text,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    extra json,
    row_hash text default 'first',
    _dlt_load_id text default 'first'
);

create table accbooks_raw.journal_lines (
    company_id text,
    journal_id text,
    line_number bigint,
    date date,
    nominal_code text,
    description text,
    debit decimal(18,2),
    credit decimal(18,2),
    extra json,
    row_hash text default 'first',
    _dlt_load_id text default 'first'
);

create table accbooks_raw.trial_balance (
    company_id text,
    as_at date,
    line_number bigint,
    currency text,
    nominal_code text,
    name text,
    category text,
    debit decimal(38,2),
    credit decimal(38,2),
    total_debit decimal(38,2),
    total_credit decimal(38,2),
    generated_at timestamp with time zone,
    _dlt_load_id text default 'first'
);

create table accbooks_raw.balance_sheet (
    company_id text,
    as_at date,
    line_number bigint,
    currency text,
    category text,
    section_name text,
    nominal_code text,
    name text,
    amount decimal(38,2),
    section_total decimal(38,2),
    net_assets decimal(38,2),
    total_capital_and_reserves decimal(38,2),
    generated_at timestamp with time zone,
    _dlt_load_id text default 'first'
);

create table accbooks_raw.profit_loss (
    company_id text,
    "from" date,
    "to" date,
    line_number bigint,
    currency text,
    category text,
    section_name text,
    nominal_code text,
    name text,
    amount decimal(38,2),
    section_total decimal(38,2),
    gross_profit decimal(38,2),
    net_profit decimal(38,2),
    generated_at timestamp with time zone,
    _dlt_load_id text default 'first'
);

create table accbooks_raw.sync_windows (
    company_id text,
    resource text,
    "from" date,
    "to" date,
    records bigint,
    pages bigint,
    requests bigint,
    reason text,
    outcome text,
    fetched_at timestamp with time zone,
    content_hash text,
    sync_began_at timestamp with time zone,
    fault text,
    _dlt_load_id text default 'first'
);

create table accbooks_raw.rejected_records (
    company_id text,
    resource text,
    id text,
    date date,
    reason text,
    record json,
    "from" date,
    "to" date,
    fetched_at timestamp with time zone,
    row_hash text,
    _dlt_load_id text default 'first'
);

create table accbooks_raw.configured_companies (
    name text,
    company_id text,
    first_seen_at timestamp with time zone,
    last_seen_at timestamp with time zone
);

create table accbooks_raw.vat_schemes (
    company_id text,
    valid_from date,
    scheme text,
    periods text,
    stagger bigint,
    flat_rate_percent decimal(38,9),
    is_limited_cost boolean,
    registered_from date
);

create table accbooks_raw.closings (
    company_id text,
    kind text,
    closed_through date,
    financial_year_start date,
    closed_at timestamp with time zone,
    closed_by text,
    note text,
    forced boolean,
    reopened_at timestamp with time zone,
    filed_on date,
    judged_inputs text
);

create table accbooks_raw.closed_balances (
    company_id text,
    kind text,
    closed_through date,
    closed_at timestamp with time zone,
    nominal_code text,
    vat_box integer,
    balance decimal(38,2),
    movement_of_year decimal(38,2),
    statement text
);

create table accbooks_raw.closed_postings (
    company_id text,
    kind text,
    closed_through date,
    closed_at timestamp with time zone,
    source_type text,
    source_id text,
    posting_date date,
    nominal_code text,
    amount decimal(38,2),
    document_number text,
    contact_name text
);

create table accbooks_raw.closed_vat_lines (
    company_id text,
    closed_through date,
    closed_at timestamp with time zone,
    source_type text,
    source_id text,
    document_date date,
    document_number text,
    contact_name text,
    settled_invoice_id text,
    period_start date,
    period_end date,
    box integer,
    tax_date date,
    amount decimal(38,2)
);

create table accbooks_raw.closing_findings (
    company_id text,
    check_name text,
    resource text,
    record_id text,
    report text,
    period_start date,
    period_end date,
    nominal_code text,
    expected text,
    found text,
    message text
);

create table accbooks_raw._dlt_loads (
    load_id text,
    status bigint
);

insert into accbooks_raw._dlt_loads values ('first', 0);

create table accbooks_raw.configured_files (
    file text,
    path text,
    file_hash text,
    number_of_rows integer,
    loaded_at timestamp with time zone,
    fault text
);

create table accbooks_raw.budgets (
    company_id text,
    nominal_code text,
    month date,
    amount decimal(18,2),
    category text,
    name text,
    line_number integer,
    file_hash text
);

create table accbooks_raw.statement_layout (
    statement text,
    nominal_from text,
    nominal_to text,
    category text,
    line text,
    line_order integer,
    subtotal text,
    line_number integer,
    file_hash text
);

create table accbooks_raw.account_mapping (
    company_id text,
    nominal_code text,
    group_nominal_code text,
    group_name text,
    category text,
    line_number integer,
    file_hash text
);

create table accbooks_raw.group_companies (
    group_name text,
    company_id text,
    share decimal(9,6),
    acquired_on date,
    line_number integer,
    file_hash text
);

create table accbooks_raw.exchange_rates (
    currency text,
    month date,
    closing decimal(18,8),
    average decimal(18,8),
    line_number integer,
    file_hash text
);

create table accbooks_raw.eliminations (
    group_name text,
    company_id text,
    nominal_code text,
    counterparty_company_id text,
    counterparty_nominal_code text,
    line_number integer,
    file_hash text
);
