namespace Vee.ControlPlane.Schemas;

/// <summary>What is wrong with a field. The names of the causes are those of the Kubernetes API.</summary>
internal enum FieldErrorType
{
    /// <summary>Never produced.</summary>
    None = 0,

    /// <summary><c>FieldValueRequired</c>: a value is missing.</summary>
    Required,

    /// <summary><c>FieldValueInvalid</c>: a value of the right type breaks a rule.</summary>
    Invalid,

    /// <summary><c>FieldValueTypeInvalid</c>: a value of the wrong type or format.</summary>
    TypeInvalid,

    /// <summary><c>FieldValueNotSupported</c>: a value outside an enumeration.</summary>
    NotSupported,

    /// <summary><c>FieldValueDuplicate</c>: a value that is there already.</summary>
    Duplicate,

    /// <summary><c>FieldValueForbidden</c>: a value that may not be given here.</summary>
    Forbidden,

    /// <summary><c>FieldValueNotFound</c>: a value that names something that is not there.</summary>
    NotFound,

    /// <summary><c>FieldValueTooLong</c>: a string beyond its bound.</summary>
    TooLong,

    /// <summary><c>FieldValueTooShort</c>: a string below its bound.</summary>
    TooShort,

    /// <summary><c>FieldValueTooMany</c>: more items or properties than allowed.</summary>
    TooMany,

    /// <summary><c>FieldValueTooFew</c>: fewer items than demanded.</summary>
    TooFew,

    /// <summary><c>InternalError</c>: not the caller's fault.</summary>
    Internal,
}
