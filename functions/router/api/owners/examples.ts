/** Of `POST /v1/owners`, as the document shows it. */
export const newOwnerExamples = {
  body: { name: 'Acme', currency: 'USD', spend_caps: { daily: '25', weekly: null, monthly: null, total: null } },
  reply: {
    id: 'own_01M8GDA56F8H7XNTJG8H5HPMNF',
    name: 'Acme',
    currency: 'USD',
    balance: '0',
    available: '0',
    reserved: '0',
    low_balance: null,
    low_below: '0',
    allowed_regions: null,
    rpm_limit: null,
    rpd_limit: null,
    tpm_limit: null,
    concurrency_limit: null,
    spend_caps: { daily: '25', weekly: null, monthly: null, total: null },
    spend_cap_usd: null,
    spend_cap_window: null,
    created_at: '2026-11-28T06:26:05.239Z',
  },
};

/** Of `POST /v1/owners/{id}/topups`. */
export const topupExamples = {
  body: { amount: '50', currency: 'USD', reference: 'invoice-1042' },
  reply: {
    id: 'top_own_01M8GDA56F8H7XNTJG8H5HPMNF_invoice-1042',
    owner_id: 'own_01M8GDA56F8H7XNTJG8H5HPMNF',
    kind: 'topup',
    amount: '50',
    currency: 'USD',
    reference: 'invoice-1042',
    reason: null,
    created_at: '2026-11-28T06:26:05.242Z',
  },
};
